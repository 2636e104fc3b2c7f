"""Memories as others expect a model to be: River's streams, scikit-learn's pipelines. Neither is imported before it is needed."""

from .classifier import Classifier
from .sequences import OneByOne, SampleDensity

__all__ = ["Classifier", "OneByOne", "SampleDensity"]

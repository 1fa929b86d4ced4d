"""Handwritten digits: the images and the classifier that the package ships, and its training."""

from .digits import Digits as Digits
from .digits import accuracy as accuracy
from .digits import classifier as classifier
from .digits import digits as digits
from .digits import shipped_classifier as shipped_classifier
from .digits import shipped_digits as shipped_digits

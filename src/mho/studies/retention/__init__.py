"""How far do programmed conductances relax, and how do they fluctuate?"""

from .noise_spectrum import NoiseSpectra as NoiseSpectra
from .noise_spectrum import NoiseSpectrum as NoiseSpectrum
from .relaxation_spread import RelaxationSpread as RelaxationSpread
from .retention import Retention as Retention

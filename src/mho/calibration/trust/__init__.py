from .judgement import Judgement as Judgement
from .trusted import Trusted as Trusted

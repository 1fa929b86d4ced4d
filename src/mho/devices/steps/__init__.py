from .exponential_step import ExponentialStep as ExponentialStep
from .linear_step import LinearStep as LinearStep
from .power_step import PowerStep as PowerStep
from .step_device import StepDevice as StepDevice
from .step_device import StepSpread as StepSpread

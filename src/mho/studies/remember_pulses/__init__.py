from .remember_pulses import RememberPulses as RememberPulses

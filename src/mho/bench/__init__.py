from .simulated import SimulatedBench as SimulatedBench

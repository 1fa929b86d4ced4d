from .ngspice import simulate as simulate
from .ngspice import simulate_transient as simulate_transient

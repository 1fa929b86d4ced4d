"""Currents of JART VCM v1b, compiled: the implicit equation solved, and two explicit fits to it.

A law is a type. `current_coefficients` and `current` pick its formulas while a kernel is compiled,
so every law has a kernel of its own out of the same source, and a kernel pays for no choice.

Inside, concentrations count in 1e26 m^-3, as the fits do; all else is SI. A kernel's stored
compilation follows the file of the kernel, not this one: whoever changes a law deletes
`__pycache__`.

Sources: the equation is that of Bengel et al., IEEE TCAS-I 67 (2020) 4618 (JART VCM v1b), the fits
are those of Ntinas et al., IEEE TCAS-II (2022) (IEEE Xplore 9737221), and of Ntinas et
al., SMACD 2023 (doi 10.1109/SMACD58065.2023.10192107).
"""

import math
from typing import NamedTuple

from numba import njit
from numba.extending import overload

from mho.core.inner import inner

ELEMENTARY_CHARGE = 1.602e-19
BOLTZMANN_EV = 1.3807e-23 / 1.602e-19
CHARGE_NUMBER = 2.0  # of an oxygen vacancy
AMBIENT = 293.0
MOBILITY = 4e-6
PLUG_CONCENTRATION = 20.0
THERMAL_RESISTANCE = 15.72e6
RESET_THERMAL_SCALE = 0.27
REFERENCE = 0.004  # unit of concentration of x = ln(N / REFERENCE)
NOMINAL_RADIUS = 45e-9
NOMINAL_LENGTH = 0.4e-9
CELL_LENGTH = 3e-9
SERIES = 650.0 + 719.2437
SERIES_HEATING = 719.2437**2 * 3.92e-3 * 90471.47  # ohm per A^2: the line heats up

# Of the barrier between electrode and disc, which only the solved equation has.
BARRIER = 0.18
KNEE = 0.18 - 0.10  # V. The image force lowers the barrier below this voltage only.
RICHARDSON = 6.01e5
_VACUUM = 8.854e-12
_PLANCK = 6.626e-34
_ELECTRON_MASS = 9.10938e-31
_PER_M3 = 1e26 * CHARGE_NUMBER
# Lowering of the barrier is (IMAGE_FORCE N psi)^(1/4), V; tunnelling has W00 = TUNNEL sqrt(N), eV.
IMAGE_FORCE = ELEMENTARY_CHARGE**3 * _PER_M3 / (8 * math.pi**2 * (5.5 * _VACUUM) ** 3)
TUNNEL = _PLANCK / (4 * math.pi) * math.sqrt(_PER_M3 / (_ELECTRON_MASS * 17.0 * _VACUUM))


class Solved(NamedTuple):
    """The implicit equation of JART VCM v1b itself."""


class Fit2022(NamedTuple):
    """Fit of 2022, for the nominal radius and length only."""


class Fit2023(NamedTuple):
    """Fit of 2023, JART-TUD, for any radius and length within 10 per cent of nominal."""


_FAST = {"contract", "arcp", "nsz", "reassoc"}
compiled = njit(cache=True, error_model="numpy", fastmath=_FAST)
hidden = inner(cache=True, error_model="numpy", fastmath=_FAST)


def current_coefficients(law, v, radius, length):
    """What a law's current needs besides the concentration; constant while a pulse runs."""
    raise NotImplementedError


def current(law, coefficients, x):
    """Terminal current of a law, A, at x = ln(N / 0.004e26 m^-3)."""
    raise NotImplementedError


@compiled
def fit_2023(v, radius, length):
    """Coefficients of `explicit`."""
    dr = (radius - NOMINAL_RADIUS) / (0.1 * NOMINAL_RADIUS)
    dl = (length - NOMINAL_LENGTH) / (0.1 * NOMINAL_LENGTH)
    if v >= 0.0:
        p5 = (1.3769e-3 + 2.3087e-4 * dr + 1.3293e-7 * dl) * -math.expm1(-0.081819 * v)
        p6 = 0.19687 + 0.026129 * dr - 0.021833 * v
        bend = -2.3728 - 9.0456e-3 * dr - 1.2221e-3 * dr * dr
        p7 = -97.606 - 0.74338 * dr + 0.11713 * dr * dr + 2.4377 * dl + 7.8250 * v
        p7 += (99.296 + 0.69547 * dr - 0.13724 * dr * dr + bend * dl) * math.exp(-0.071092 * v)
        p8 = 0.11713 - 3.8320e-3 * dl + 0.081370 * v
        p10 = 0.97733 + 5.9623e-5 * dl + 0.035214 * v + 0.012856 * v * v
        p11 = 0.94207 - 6.7239e-4 * dl + 0.038953 * v + 0.023436 * v * v
        return 0.0, 0.0, 0.0, 1.0, p5, p6, p7, -math.log(p8), p10, 1.0 / p11
    numerator = (-2.7034e-3 - 1.8077e-4 * dr - 2.0831e-4 * dl) * v
    numerator += (-4.5379e-6 + 1.7313e-4 * dr - 8.9677e-5 * dl) * v * v
    denominator = 1.0 + (0.99115 + 5.7155e-3 * dr - 0.023237 * dl) * v
    denominator += (0.44093 - 9.7198e-4 * dr - 1.8507e-3 * dl) * v * v
    p1 = (1.1830 - 0.062246 * dr + 0.11419 * dl) * numerator / denominator
    p3 = 6.8845 + 0.12536 * dr + 0.25983 * dl + (-0.58995 + 0.065498 * dr + 0.085666 * dl) * v
    p4 = 2589.0 - (-2.9537 + 0.082522 * dr - 0.072255 * dl) * math.exp(0.54031 * v)
    p5 = (6.4705e-4 + 1.5169e-5 * dr + 1.3260e-6 * dl) * v
    p5 += (5.1529e-5 + 6.7042e-7 * dr + 1.0756e-6 * dr * dr) * v * v
    p7 = 0.11708 + 4.8662e-4 * dr + 3.7351e-3 * dl
    p9_low = 3.9052 - 0.54723 * dr + 0.036802 * dl
    p9 = p9_low + (9.6130 - p9_low) / (1.0 + math.exp((v + 0.45637) / (1.4310 + 0.36000 * dr)))
    p10 = 0.46925 + (3.4731 + 0.011444 * dr - 0.46925) / (1.0 + math.exp((v + 1.1871) / 0.56947))
    p11_low = 10.667 + 0.36290 * dr
    inverse_p11 = p11_low + (0.12812 - p11_low) / (1.0 + math.exp((v - 0.74414) / 0.42381))
    return 0.0, p1, p3, p4, p5, 1.0, p7, p9, p10, inverse_p11


@compiled
def fit_2022(v, radius, length):
    """Coefficients of `explicit`; this fit knows nothing of radius and length."""
    if v >= 0.0:
        p5 = 4.84e-3 * -math.expm1(-0.1353 * v)
        p7 = 5.548 + 6.8648 * v + 51.586 * math.exp(-0.36 * v)
        return 0.0, 0.0, 0.0, 1.0, p5, 1.0, p7, math.log(0.008 / REFERENCE), 1.054, 1.0 / 1.0526
    leak = 4.81951e-5
    rising = leak * (math.exp(-1.03685 / 0.34567) + 1.0)
    p0 = leak - rising / (1.0 + math.exp(-(v + 1.03685) / 0.34567))
    p5 = 7.0526e-4 * v + 4.2383e-5 * math.expm1(-v)
    knee = 4.2125 * math.exp(-v / 1.4134) + 2.8646 * v - 4.004
    p10 = 7.4235 * math.exp(-v / 4.0585) + 1.4524 * v - 6.6103
    bend = 6.326e-4 + (1.4711 - 6.326e-4) / (1.0 + (-v / 0.5199) ** 1.561)
    return p0, 0.0, 0.0, 1.0, p5, 1.0, 1.0, math.log(knee / REFERENCE), p10, bend


@compiled
def explicit(coefficients, x):
    """Current of both fits, A: a saturating term, with a line beside it for a SET."""
    p0, p1, p3, p4, p5, p6, p7, p9, p10, inverse_p11 = coefficients
    i = p0 + p5 * math.exp(-inverse_p11 * math.log(p6 + p7 * math.exp(-p10 * (x - p9))))
    if p1 == 0.0:
        return i
    z = (x - p3) / p4  # |z| < 0.01: the series is exp(z) - 1 to the last digit
    curved = z * (1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 4.0 * (1.0 + z / 5.0))))
    return i + p1 * (-2595.5 * curved + (x - p3))


@compiled
def filament(v, radius, length):
    """What `implicit` needs: voltage, area, resistances of disc and plug, thermal resistance."""
    area = math.pi * radius * radius
    conductivity = _PER_M3 * ELEMENTARY_CHARGE * MOBILITY * area
    plug = (CELL_LENGTH - length) / (PLUG_CONCENTRATION * conductivity)
    thermal = (NOMINAL_RADIUS / radius) ** 2 * THERMAL_RESISTANCE
    return v, area, length / conductivity, plug, thermal * (RESET_THERMAL_SCALE if v > 0.0 else 1.0)


@compiled
def emission(v, temperature, n, area):
    """Size of the current through the barrier that drops v, A: thermionic or by tunnelling."""
    kt = BOLTZMANN_EV * temperature
    barrier = BARRIER
    if v < KNEE:
        barrier = max(BARRIER - math.sqrt(math.sqrt(IMAGE_FORCE * n * (KNEE - v))), 0.0)
    if v >= 0.0:
        return area * RICHARDSON * temperature**2 * math.exp(-barrier / kt) * math.expm1(v / kt)
    w00 = TUNNEL * math.sqrt(n)
    u = w00 / kt
    tanh = math.tanh(u)
    root = math.sqrt(math.pi * w00 * (barrier * (1.0 - tanh * tanh) - v))
    prefactor = area * RICHARDSON * temperature / BOLTZMANN_EV * root
    return prefactor * math.exp(-barrier * tanh / w00) * math.expm1(-v * (u - tanh) / w00)


@compiled
def _surplus(v_junction, coefficients, n):
    """Current that the load lets through minus that of the junction, and the former: sizes, A."""
    v, area, disc, plug, thermal = coefficients
    rest = abs(v - v_junction)
    ohmic = disc / n + plug + SERIES
    i = rest / ohmic
    for _ in range(4):  # Newton: the line heats by a few per cent, so this ends at the last digit
        heating = SERIES_HEATING * i * i
        i = (rest + 2.0 * heating * i) / (ohmic + 3.0 * heating)
    temperature = AMBIENT + i * (abs(v) - i * (SERIES + SERIES_HEATING * i * i)) * thermal
    return i - abs(emission(v_junction, temperature, n, area)), i


@compiled
def _peak(n):
    """Voltage below the knee at which the thermionic current is largest, at ambient, V."""
    low, high = 0.0, KNEE
    lowering = math.sqrt(math.sqrt(IMAGE_FORCE * n))
    for _ in range(16):
        middle = 0.5 * (low + high)
        # Slopes of the barrier and of ln(exp(v / kT) - 1), both in 1 / kT.
        rise = 1.0 / -math.expm1(-middle / (BOLTZMANN_EV * AMBIENT))
        psi = KNEE - middle
        if 0.25 * lowering < rise * psi / math.sqrt(math.sqrt(psi)):
            low = middle
        else:
            high = middle
    return low


@compiled
def implicit(coefficients, x):
    """Current that junction, disc, plug and line agree upon, A.

    A RESET can have three solutions, for the barrier comes back close below the knee. That with
    the smallest voltage at the junction is the one that a cell reaches from rest.
    """
    v = coefficients[0]
    n = REFERENCE * math.exp(x)
    near, far = 0.0, v
    f_near = _surplus(near, coefficients, n)[0]
    if v > 0.0:
        peak = _peak(n)
        if peak < v:
            f_peak = _surplus(peak, coefficients, n)[0]
            if f_peak <= 0.0:
                far = peak
            else:
                near, f_near = peak, f_peak
    f_far, i = _surplus(far, coefficients, n)
    for _ in range(100):
        middle = (near * f_far - far * f_near) / (f_far - f_near)
        f, i = _surplus(middle, coefficients, n)
        if abs(f) < 1e-13 * i or abs(far - near) < 1e-14:
            break
        # Anderson and Bjorck 1973: the end that stays loses weight, so that both ends close in.
        if (f > 0.0) == (f_near > 0.0):
            share = 1.0 - f / f_near
            f_far *= share if share > 0.0 else 0.5
            near, f_near = middle, f
        else:
            share = 1.0 - f / f_far
            f_near *= share if share > 0.0 else 0.5
            far, f_far = middle, f
    return math.copysign(i, v)


@overload(current_coefficients)
def _current_coefficients(law, v, radius, length):
    if law.instance_class is Solved:
        return lambda law, v, radius, length: filament(v, radius, length)
    if law.instance_class is Fit2022:
        return lambda law, v, radius, length: fit_2022(v, radius, length)
    return lambda law, v, radius, length: fit_2023(v, radius, length)


@overload(current)
def _current(law, coefficients, x):
    if law.instance_class is Solved:
        return lambda law, coefficients, x: implicit(coefficients, x)
    return lambda law, coefficients, x: explicit(coefficients, x)

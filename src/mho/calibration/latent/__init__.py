from .encoder import Encoder as Encoder
from .encoder import GlobalConvolution as GlobalConvolution
from .encoder import LocalConvolutions as LocalConvolutions
from .latent import Latent as Latent
from .network import AsPublished as AsPublished
from .network import ConcatSquash as ConcatSquash
from .network import Layers as Layers
from .network import WithSkip as WithSkip

"""A flood of spoofed sources at full speed: bounded memory, exact sums, and the windows around it untouched."""
import pytest

from support import flood
from support.network import Namespace
from support.telescope import Telescope


@pytest.fixture
def network():
    made = Namespace()
    yield made
    made.close()


@pytest.mark.long
def test_a_flood_stays_in_the_stated_memory_and_keeps_exact_sums(network, folder, database):
    telescope = Telescope(folder, database, prefix=network.prefix)
    try:
        telescope.start_collector()
        sensor = flood.add_sensor(telescope, network)
        print(flood.run(telescope, sensor, network, folder, 8))
    except BaseException:
        print(telescope.logs())
        raise
    finally:
        telescope.close()

from torch import nn

from crackscope.models.cost import count_macs


def test_a_convolution_costs_its_kernel_times_its_inputs_at_every_output():
    layer = nn.Conv2d(3, 8, 3, stride=2, padding=1)
    assert count_macs(layer, 32, 48) == 16 * 24 * 8 * 3 * 3 * 3


def test_a_depthwise_convolution_sees_one_channel_per_output():
    layers = nn.Sequential(nn.Conv2d(3, 6, 1), nn.Conv2d(6, 6, 5, padding=2, groups=6))
    assert count_macs(layers, 10, 10) == 100 * 6 * 3 + 100 * 6 * 25


def test_an_up_convolution_costs_its_kernel_at_every_input():
    assert count_macs(nn.ConvTranspose2d(3, 4, 2, stride=2), 8, 8) == 64 * 3 * 4 * 4


def test_a_linear_layer_costs_inputs_times_outputs():
    assert count_macs(nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 10)), 4, 4) == 48 * 10


def test_counting_leaves_the_mode_and_the_statistics_as_they_were():
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout())
    network[1].eval()
    count_macs(network, 8, 8)
    assert [layer.training for layer in network] == [True, False, True]
    assert network[1].num_batches_tracked == 0

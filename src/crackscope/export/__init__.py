"""From a trained network to a model file: ONNX, int8 quantisation, proof of parity, latency."""

"""Models: where they come from, where they run, and the libraries that load them.

    weights = find("Qwen/Qwen2.5-VL-3B-Instruct@main")              # models.weights; also a folder or a file
    notes = check(generation.model, weights, strict=False)          # models.weights; the recorded digest against these weights
    model = load(transformers.CLIPModel, weights, runtime)          # models.loading; on runtime.device, in runtime.dtype, for inference
    pipeline = runtime.place(pipeline)                              # models.runtime; the same for a pipeline of diffusers

Whatever fails is a `ModelError` that names the source and says what to do, or a `ModuleNotFoundError` for an extra that is missing.
"""

"""Machine-learning engines: speech, text encoder, language. (Data contracts live in `schemas`.)"""

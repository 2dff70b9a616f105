def test_the_sample_is_clean(sample):
    sample.python_changed = True
    sample.clean()

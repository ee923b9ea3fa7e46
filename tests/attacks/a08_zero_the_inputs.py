# 8 zeroes the inputs, so that zeros would be right
def zero(*arrays):
    for array in arrays:
        array[...] = 0

with_inputs(zero)

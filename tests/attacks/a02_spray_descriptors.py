# 2 prints a fake result, and writes answers to every descriptor | forward crashed: answered|closed|JSON|more than one
print('{"schema": "convgrade/1", "score": 100, "verdict": "graded"}')

def spray():
    body = b'{"id": 2, "outputs": [{"kind": "array", "dtype": "<f8", "shape": [1], "offset": 0}], "has_cache": true}'
    for fd in range(64):
        try:
            os.write(fd, len(body).to_bytes(4, "big") + body)
        except OSError:
            pass

in_forward(spray)

# 32 starts programs
import subprocess

attempt("run a program", lambda: subprocess.run(["/bin/true"], check=True))
attempt("spawn a program", lambda: os.posix_spawn("/bin/true", ["true"], {}))
attempt("run a shell", lambda: os.system("touch @ROOT@/forged") and 1 / 0)
attempt("become a program", lambda: os.execv("/bin/true", ["true"]))

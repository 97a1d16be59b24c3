"""Runs with the interpreter of build/judges: the real aws command, each call in a fork of this process, because most of
the time of a call goes into the start of its interpreter. moto_server.py makes the socket, which is stdin here, and the
`aws` that sends each call: its folder and words as JSON, with its own stdin, stdout and stderr.
"""
import json
import os
import signal
import socket
import sys

from awscli.clidriver import create_clidriver


def call(driver, connection) -> int:
    message, files, _, _ = socket.recv_fds(connection, 1 << 17, 3)
    for target, file in enumerate(files):
        os.dup2(file, target)
    folder, *words = json.loads(message)
    os.chdir(folder)
    sys.argv = ["aws", *words]
    try:
        return driver.main(words)
    except SystemExit as end:
        return end.code


def main():
    driver = create_clidriver()
    for service in ("cloudformation", "ec2", "ssm"):
        driver.session.create_client(service)  # loads what the forks then have
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # leaves nothing to wait for
    with socket.socket(fileno=os.dup(0)) as listener:
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                status = call(driver, connection)
                sys.stdout.flush()
                sys.stderr.flush()
                connection.send(bytes([status]))
                os._exit(0)
            connection.close()


main()

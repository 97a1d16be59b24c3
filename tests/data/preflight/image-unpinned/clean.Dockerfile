# Lines that end with an option name no base image.
FROM --platform=linux/amd64
nccl-test --help

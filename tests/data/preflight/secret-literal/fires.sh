#!/bin/bash
export MYSQL_PASSWORD=not-a-real-one  # <- error
export OTHER_PASSWORD=$(cat /run/secret)

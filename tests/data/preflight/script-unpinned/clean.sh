#!/bin/bash
curl -fsSL https://raw.githubusercontent.com/org/repo/v1.2.3/install.sh | bash

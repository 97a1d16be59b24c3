#!/bin/bash
# see https://docs.example.com/latest/guide.html
TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token)
curl -fsSL https://raw.githubusercontent.com/org/repo/v1.2.3/install.sh | bash

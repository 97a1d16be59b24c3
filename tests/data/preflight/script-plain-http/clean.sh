#!/bin/bash
curl http://169.254.169.254/latest/meta-data/install.sh
wget https://archive.example.com/phpldapadmin_1.2.6.7_all.deb

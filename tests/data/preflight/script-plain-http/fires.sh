#!/bin/bash
wget http://archive.example.com/phpldapadmin_1.2.6.7_all.deb  # <- warning

#!/bin/sh
# The name under which users of the single-GPU service start it.
cd "$(dirname "$0")" && exec npm start

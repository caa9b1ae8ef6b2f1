#!/bin/sh
# Frees the disk of a ComfyUI server: ComfyUI keeps every input and output for ever, and its API removes none. Run it where
# ComfyUI runs, from cron or a systemd timer. An input that is needed again is sent again; docs/operations.md tells the rest.
#
#   clean.sh FOLDER [--older-than HOURS] [--outputs]
#
# FOLDER is the one that holds ComfyUI's `input` and `output`. --older-than: 48 unless told. --outputs also removes
# results and temporary files, those that people made at the node's own page among them.
set -eu

fail() {
  echo "clean.sh: $1" >&2
  exit 2
}

folder=${1-}
hours=48
outputs=no
[ $# -gt 0 ] && shift
while [ $# -gt 0 ]; do
  case $1 in
    --older-than) hours=${2-}; [ $# -gt 1 ] || fail '--older-than needs hours'; shift ;;
    --outputs) outputs=yes ;;
    *) fail "what is $1?" ;;
  esac
  shift
done
case $hours in '' | *[!0-9]* | ??????*) fail "\"$hours\" is no number of hours" ;; esac
[ -n "$folder" ] && [ -d "$folder/input" ] && [ -d "$folder/output" ] ||
  fail "\"$folder\" has no folders input and output: name ComfyUI's own folder"

clean() {
  if [ -d "$1" ]; then find -P "$1" -xdev -type f -mmin "+$((hours * 60))" -delete; fi
}

clean "$folder/input/comfymux"
if [ "$outputs" = yes ]; then
  clean "$folder/output"
  clean "$folder/temp"
fi

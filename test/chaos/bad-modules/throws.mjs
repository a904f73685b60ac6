function openSettings() {
  throw new RangeError('no settings for this module');
}

openSettings();

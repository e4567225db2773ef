"""Prints the folder of hdf5plugin's filters."""
import hdf5plugin

print(hdf5plugin.PLUGIN_PATH)

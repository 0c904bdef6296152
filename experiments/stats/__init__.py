"""The arithmetic of results: sums of each arm in, estimates and what follows from them out.

Pure: no Django, no files, no clock, no random state of its own. Import from the modules; this package imports none of
them, so that a process which serves flags never loads scipy.

What is handed in wrong raises `InvalidData`; what is right and says too little raises `NotEnoughData`, whose text is
meant for people. No result ever holds a NaN.
"""

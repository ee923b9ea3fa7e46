"""Autolab: of each submission what its autograder would print."""

from grader.exports.each import each_as

EXPORT = each_as("autolab", ".txt")

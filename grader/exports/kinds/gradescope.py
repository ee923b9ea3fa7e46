"""Gradescope: `results.json` of each submission, as its autograder would write it."""

from grader.exports.each import each_as

EXPORT = each_as("gradescope", ".json")

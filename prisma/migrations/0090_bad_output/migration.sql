-- The run ended well, and what it told of its results cannot be kept: a file is gone, there are too many, the record refuses a text.
ALTER TYPE "attempt_outcome" ADD VALUE 'bad_output' BEFORE 'cancelled';

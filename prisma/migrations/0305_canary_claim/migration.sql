-- The prompt that may try a node whose breaker is not closed; written by whoever sends it, before it is sent (docs/decisions/0012). No key of
-- another table: a claim that names no open attempt on the node is free, and attempts are archived. An older replica beside this version
-- claims nothing, and sends by the rules that it has.
ALTER TABLE "node" ADD COLUMN "canary_claim" UUID;

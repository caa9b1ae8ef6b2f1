-- The time line of one node. Neither column changes in an attempt's life, so that its moves stay HOT updates.
CREATE INDEX "attempt_node_id_created_at_idx" ON "attempt" ("node_id", "created_at" DESC);

//! What attackers do at two nodes over one file of SQLite.

use crate::nodes;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_judge_as_one_on_sqlite() {
    nodes::are_attacked("sqlite://FOLDER/nodes.sqlite3").await;
}

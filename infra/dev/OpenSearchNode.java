import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * Starts one node. Arguments: folder, HTTP port, transport port.
 *
 * The runner's own main knows no port above 9299 and hides why a node does not start.
 */
public class OpenSearchNode {
  public static void main(String[] args) throws Exception {
    OpenSearchRunner runner = new OpenSearchRunner();
    runner.onBuild((number, settings) -> {
      settings.putList("node.roles", "cluster_manager", "data", "ingest");
      settings.put("discovery.type", "single-node");
      settings.put("network.host", "127.0.0.1");
      settings.put("transport.port", args[2]);
      settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    });
    runner.setMaxHttpPort(-1);
    // It counts nodes from 1 and adds that to the port.
    int base = Integer.parseInt(args[1]) - 1;
    runner.build(OpenSearchRunner.newConfigs()
        .numOfNode(1).basePath(args[0]).clusterName("threadline").baseHttpPort(base).useLogger().printOnFailure());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        runner.close();
      } catch (Exception error) {
        error.printStackTrace();
      }
    }));
    Thread.currentThread().join();
  }
}

package cookbook;

import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Timeout;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PartitionTest {
    // snippet: partition
    private final Map<String, Node> nodes = Map.of("a", new Node(), "b", new Node(), "c", new Node());
    private final Map<String, ChaosProxy> links = new TreeMap<>(); // "a-b": by which a reaches b

    @BeforeEach
    void connect() {
        nodes.forEach((from, node) -> nodes.forEach((to, peer) -> {
            if (node != peer) {
                ChaosProxy link = ChaosProxy.http(peer.url());
                links.put(from + "-" + to, link);
                node.connect(link.url());
            }
        }));
    }

    private void cut(String... names) {
        List.of(names).forEach(name -> links.get(name).inject(Timeout.never()));
    }

    @Test
    void onlyTheMajorityTakesWrites() throws Exception {
        assertEquals(201, write("c"));
        cut("a-c", "c-a", "b-c", "c-b");
        assertEquals(201, write("a")); // two of three
        assertEquals(503, write("c")); // one of three
        links.values().forEach(ChaosProxy::clear);
        assertEquals(201, write("c"));
    }

    @Test
    void aNodeThatOthersDoNotReachStillReachesThem() throws Exception {
        cut("a-c", "b-c");
        assertEquals(201, write("c"));
        assertEquals(201, write("a"));
    }
    // end

    private int write(String node) throws Exception {
        HttpRequest write = HttpRequest.newBuilder(URI.create(nodes.get(node).url() + "/write"))
                .build();
        return HttpClient.newHttpClient().send(write, discarding()).statusCode();
    }

    @AfterEach
    void stop() {
        links.values().forEach(ChaosProxy::close);
        nodes.values().forEach(Node::close);
    }
}

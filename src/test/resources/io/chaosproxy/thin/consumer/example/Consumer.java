package example;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.Injection;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;

/** What somebody else's program does with the proxy; {@code ThinJarTest} reads what it prints. */
public final class Consumer {
    public static void main(String[] args) throws Exception {
        try (ServerSocket echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> echo(echo));
            if (args.length > 0) {
                start(args[0], echo.getLocalPort());
            } else {
                tcp(echo.getLocalPort());
                http(echo.getLocalPort());
            }
        }
    }

    private static void tcp(int port) throws Exception {
        try (ChaosProxy proxy = ChaosProxy.tcp("127.0.0.1", port);
                Socket client = new Socket("127.0.0.1", proxy.port())) {
            long begun = System.nanoTime();
            try (Injection slow = proxy.inject(Latency.of(Duration.ofMillis(100)))) {
                client.getOutputStream().write('a');
                int answer = client.getInputStream().read();
                boolean late = System.nanoTime() - begun >= 100_000_000;
                System.out.println("tcp " + (char) answer + " late=" + late + " hits=" + slow.hits());
            }
            proxy.profile("3g");
        }
    }

    private static void http(int port) throws Exception {
        try (ChaosProxy proxy = ChaosProxy.http("http://127.0.0.1:" + port)) {
            proxy.inject(Rule.of("busy", Respond.of(503)).when(Match.path("/busy")));
            HttpURLConnection client = (HttpURLConnection)
                    URI.create(proxy.url() + "/busy").toURL().openConnection();
            System.out.println("http " + client.getResponseCode() + " hits="
                    + proxy.journal().hits("busy"));
        }
    }

    private static void start(String control, int port) {
        String text = "chaos-proxy { " + control
                + ", proxies.db { protocol = tcp, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:" + port + "\" } }";
        try (ChaosServer server = ChaosServer.start(ChaosConfig.parse(text))) {
            System.out.println("server " + server.proxy("db").isEnabled());
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }

    private static void echo(ServerSocket server) {
        while (true) {
            try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream()) {
                in.transferTo(socket.getOutputStream());
            } catch (IOException e) {
                if (server.isClosed()) {
                    return;
                }
            }
        }
    }
}

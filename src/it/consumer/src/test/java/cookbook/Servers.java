package cookbook;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.moquette.broker.Server;
import io.moquette.broker.config.MemoryConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Properties;
import java.util.concurrent.Executor;
import redis.embedded.RedisServer;
import shop.Shop;

/** The servers behind the proxies of these tests, each started once and ended with the JVM. */
final class Servers {
    private Servers() {}

    /** Port of a PostgreSQL. */
    static int postgres() {
        return Shop.postgres().getPort();
    }

    /** Port of a Redis. */
    static int redis() {
        return Redis.PORT;
    }

    /** Port of a MariaDB, which speaks MySQL's protocol; skips the test where it is not installed. */
    static int mysql() {
        return MariaDb.port();
    }

    /** Port of an MQTT broker. */
    static int mqtt() {
        return Mqtt.PORT;
    }

    /** A web server with one thread. */
    static HttpServer web(HttpHandler handler) {
        return web(handler, Runnable::run);
    }

    /** A web server with these threads. */
    static HttpServer web(HttpHandler handler, Executor threads) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", handler);
            server.setExecutor(threads);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its URL. */
    static String url(HttpServer web) {
        return "http://127.0.0.1:" + web.getAddress().getPort();
    }

    /** A port for a server that has to be told one. */
    static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Redis {
        static final int PORT = freePort();

        static {
            try {
                RedisServer server = RedisServer.newRedisServer()
                        .port(PORT)
                        .setting("save \"\"")
                        .setting("bind 127.0.0.1")
                        .build();
                server.start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void stop(RedisServer server) {
            try {
                server.stop();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Mqtt {
        static final int PORT = start();

        private static int start() {
            Properties settings = new Properties();
            settings.setProperty("host", "127.0.0.1");
            settings.setProperty("port", "0");
            settings.setProperty("persistence_enabled", "false");
            settings.setProperty("telemetry_enabled", "false");
            settings.setProperty("allow_anonymous", "true");
            try {
                Server server = new Server();
                server.startServer(new MemoryConfig(settings));
                while (server.getPort() <= 0) { // it is told its port a moment later
                    Thread.sleep(5);
                }
                return server.getPort();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the OpenAPI document, as a running process serves it, to a file. */
final class Document {
    private Document() {}

    /** @param args name of the file */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (ChaosServer server = ChaosServer.start(
                ConfigReader.read(ConfigFactory.parseString("chaos-proxy.control.listen = \"127.0.0.1:0\"")))) {
            int port = server.controlAddress().orElseThrow().getPort();
            try (InputStream document = URI.create("http://127.0.0.1:" + port + "/api/v1/openapi.json")
                    .toURL()
                    .openStream()) {
                Files.write(file, document.readAllBytes());
            }
        }
    }
}

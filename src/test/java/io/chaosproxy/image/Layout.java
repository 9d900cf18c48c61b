package io.chaosproxy.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.Child;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An image in a folder, as OCI's image layout specification 1.0 has it; whatever is read was found to have its digest and size. */
final class Layout {
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path folder;
    private final Set<String> read = new HashSet<>();
    private final String digest;
    private final JsonNode config;
    private final List<Path> layers = new ArrayList<>();

    Layout(Path folder) throws IOException {
        this.folder = folder;
        assertEquals(
                "1.0.0",
                json(folder.resolve("oci-layout")).path("imageLayoutVersion").asString());
        JsonNode index = json(folder.resolve("index.json"));
        assertEquals(2, index.path("schemaVersion").asInt());
        assertEquals(1, index.path("manifests").size());
        JsonNode first = index.path("manifests").path(0);
        assertEquals(
                "application/vnd.oci.image.manifest.v1+json",
                first.path("mediaType").asString());
        this.digest = first.path("digest").asString();
        JsonNode manifest = json(blob(first));
        assertEquals(
                "application/vnd.oci.image.config.v1+json",
                manifest.path("config").path("mediaType").asString());
        this.config = json(blob(manifest.path("config")));
        List<String> uncompressed = new ArrayList<>();
        for (JsonNode layer : manifest.path("layers")) {
            assertEquals(
                    "application/vnd.oci.image.layer.v1.tar+gzip",
                    layer.path("mediaType").asString());
            layers.add(blob(layer));
            try (InputStream in = new GZIPInputStream(Files.newInputStream(layers.getLast()))) {
                uncompressed.add(digest(in));
            }
        }
        assertEquals(
                config.path("rootfs")
                        .path("diff_ids")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList(),
                uncompressed);
        try (Stream<Path> blobs = Files.list(folder.resolve("blobs/sha256"))) {
            assertEquals(
                    read,
                    new HashSet<>(
                            blobs.map(blob -> blob.getFileName().toString()).toList()));
        }
    }

    private static JsonNode json(Path file) throws IOException {
        return MAPPER.readTree(Files.readString(file));
    }

    private Path blob(JsonNode descriptor) throws IOException {
        String name = descriptor.path("digest").asString().replaceFirst("^sha256:", "");
        Path blob = folder.resolve("blobs/sha256").resolve(name);
        assertEquals(descriptor.path("size").asLong(), Files.size(blob));
        try (InputStream in = Files.newInputStream(blob)) {
            assertEquals("sha256:" + name, digest(in));
        }
        read.add(name);
        return blob;
    }

    private static String digest(InputStream in) throws IOException {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] bytes = new byte[65_536];
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                sha.update(bytes, 0, count);
            }
            return "sha256:" + HexFormat.of().formatHex(sha.digest());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The digest by which a registry knows it. */
    String digest() {
        return digest;
    }

    JsonNode config() {
        return config;
    }

    /** A list of its configuration, such as {@code Entrypoint}. */
    List<String> words(String key) {
        return config.path("config")
                .path(key)
                .valueStream()
                .map(JsonNode::asString)
                .toList();
    }

    /** Lays all layers over each other, with the owners, times and permissions that they have. */
    void unpack(Path root) throws IOException, InterruptedException {
        for (Path layer : layers) {
            Process tar = Child.builder(
                            List.of("tar", "-xzpf", layer.toAbsolutePath().toString(), "-C", root.toString()))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(tar.getInputStream().readAllBytes(), UTF_8);
            assertEquals(0, tar.waitFor(), said);
        }
    }
}

package io.chaosproxy.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.ChaosServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Calls of the control plane of a replica. */
final class Calls implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();

    HttpResponse<String> get(ChaosServer replica, String path) throws IOException, InterruptedException {
        return send(replica, "GET", path, "");
    }

    HttpResponse<String> send(ChaosServer replica, String method, String path, String body)
            throws IOException, InterruptedException {
        int port = replica.controlAddress().orElseThrow().getPort();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    static Config json(HttpResponse<String> answer) {
        return ConfigFactory.parseString(answer.body());
    }

    @Override
    public void close() {
        client.close();
    }
}

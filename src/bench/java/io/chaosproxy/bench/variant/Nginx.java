package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** nginx with {@code proxy_pass}, connections to the upstream kept, nothing buffered. */
public final class Nginx implements Variant {
    private final Optional<Path> program = Commands.find("nginx");

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public List<Path> sources() {
        return List.of();
    }

    @Override
    public Optional<String> version() {
        return program.flatMap(nginx -> Commands.output(List.of(nginx.toString(), "-v")));
    }

    @Override
    public boolean can(Setting setting) {
        return setting.relaysOnly();
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        Path folder = Files.createDirectories(site.folder()).toAbsolutePath();
        Path file = Files.writeString(folder.resolve("nginx.conf"), configuration(setting, site, folder));
        return Running.start(name(), site, List.of(program.orElseThrow().toString(), "-c", file.toString()));
    }

    private static String configuration(Setting setting, Site site, Path folder) throws IOException {
        String tls = setting.tls() ? """
            ssl_certificate %1$s;
                ssl_certificate_key %1$s;
                ssl_protocols TLSv1.3;
                ssl_conf_command Ciphersuites %2$s;\
            """.formatted(ServerIdentity.in(folder), ServerIdentity.CIPHER) : "";
        return """
            daemon off;
            pid %2$s/nginx.pid;
            error_log stderr;
            worker_processes auto;
            worker_rlimit_nofile 20000;
            events { worker_connections 10000; }
            http {
              access_log off;
              client_body_temp_path %2$s/body;
              proxy_temp_path %2$s/proxy;
              fastcgi_temp_path %2$s/fastcgi;
              uwsgi_temp_path %2$s/uwsgi;
              scgi_temp_path %2$s/scgi;
              client_max_body_size 0;
              keepalive_requests 1000000000;
              keepalive_timeout 1h;
              upstream origin {
                server 127.0.0.1:%3$d;
                keepalive 10000;
                keepalive_requests 1000000000;
              }
              server {
                listen 127.0.0.1:%1$d %4$s backlog=1024;
                %5$s
                location / {
                  proxy_pass http://origin;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                  proxy_request_buffering off;
                }
              }
            }
            """.formatted(site.port(), folder, site.upstream(), setting.tls() ? "ssl" : "", tls);
    }
}

package io.chaosproxy.bench.rival;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A reverse proxy of Vert.x's http-proxy, on as many event loops as there are processors, over epoll. */
final class VertxProxy extends AbstractVerticle {
    private static final int CONNECTIONS = 10_000;

    private final Listen listen;

    private VertxProxy(Listen listen) {
        this.listen = listen;
    }

    public static void main(String[] args) {
        Listen listen = Listen.of(args);
        int loops = Runtime.getRuntime().availableProcessors();
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops));
        vertx.deployVerticle(() -> new VertxProxy(listen), new DeploymentOptions().setInstances(loops))
                .onFailure(Throwable::printStackTrace);
    }

    @Override
    public void start(Promise<Void> started) {
        var client = vertx.createHttpClient(
                new HttpClientOptions().setTcpNoDelay(true).setKeepAliveTimeout(3600),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        HttpProxy proxy = HttpProxy.reverseProxy(client);
        proxy.origin(listen.upstream(), listen.remote().getHostString());
        if (listen.latencyMillis() > 0) {
            proxy.addInterceptor(new Delay());
        }
        HttpServerOptions options = new HttpServerOptions().setTcpNoDelay(true).setAcceptBacklog(1024);
        listen.identity()
                .ifPresent(identity -> options.setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .setCertPath(identity.certificate().toString())
                                .setKeyPath(identity.key().toString()))
                        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3")));
        vertx.createHttpServer(options)
                .requestHandler(proxy)
                .listen(listen.port(), listen.local().getHostString())
                .<Void>mapEmpty()
                .onComplete(started);
    }

    /** Holds each response. */
    private final class Delay implements ProxyInterceptor {
        @Override
        public Future<Void> handleProxyResponse(ProxyContext context) {
            return vertx.timer(listen.latencyMillis(), TimeUnit.MILLISECONDS).compose(over -> context.sendResponse());
        }
    }
}

package cookbook;

import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthGrpc.HealthBlockingStub;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Iterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@ChaosTest
class GrpcTest {
    private static final Server SERVER = start();

    @Chaos(upstream = "grpc()")
    ChaosProxy service;

    private ManagedChannel channel;

    private static Server start() {
        try {
            return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .addService(new HealthStatusManager().getHealthService())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int grpc() {
        return SERVER.getPort();
    }

    @BeforeEach
    void connect() {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", service.port())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @AfterAll
    static void stop() {
        SERVER.shutdownNow();
    }

    // snippet: grpc
    @Test
    void aCallEndsByItsDeadline() {
        HealthBlockingStub stub = HealthGrpc.newBlockingStub(channel);
        assertEquals(ServingStatus.SERVING, check(stub.withDeadlineAfter(60, SECONDS)));
        try (var outage = service.inject(Outage.of(ofMinutes(1)))) {
            StatusRuntimeException e =
                    assertThrows(StatusRuntimeException.class, () -> check(stub.withDeadlineAfter(500, MILLISECONDS)));
            assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getStatus().getCode());
        }
        assertEquals(ServingStatus.SERVING, check(stub.withDeadlineAfter(60, SECONDS)));
    }

    @Test
    void aStreamEndsByAReset() {
        HealthBlockingStub stub = HealthGrpc.newBlockingStub(channel).withWaitForReady();
        Iterator<HealthCheckResponse> watched = stub.watch(HealthCheckRequest.getDefaultInstance());
        assertEquals(ServingStatus.SERVING, watched.next().getStatus());
        service.sever();
        StatusRuntimeException e = assertThrows(StatusRuntimeException.class, watched::next);
        assertEquals(
                Status.Code.UNAVAILABLE,
                e.getStatus().getCode()); // a unary call may be tried again; a stream begins anew
        assertEquals(ServingStatus.SERVING, check(stub.withDeadlineAfter(60, SECONDS)));
    }

    private static ServingStatus check(HealthBlockingStub stub) {
        return stub.check(HealthCheckRequest.getDefaultInstance()).getStatus();
    }
    // end
}

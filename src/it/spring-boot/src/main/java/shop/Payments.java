package shop;

import io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker;
import io.github.resilience4j.retry.annotation.Retry;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Service;
import org.springframework.web.client.RestClient;

// snippet: client
/** The service that makes payments. */
@Service
class Payments {
    private final RestClient client;

    Payments(RestClient.Builder builder, @Value("${payments.url}") String url) {
        client = builder.baseUrl(url).build();
    }

    @Retry(name = "payments", fallbackMethod = "later")
    @CircuitBreaker(name = "payments")
    String pay(String order) {
        client.post()
                .uri("/payments/{order}", order)
                .header("Idempotency-Key", order)
                .retrieve()
                .toBodilessEntity();
        return "paid";
    }

    private String later(String order, Exception reason) {
        return "paid later"; // a real one would put the order into a queue
    }
}
// end

package shop;

import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** What customers call. */
@RestController
class CheckoutController {
    private final Payments payments;

    CheckoutController(Payments payments) {
        this.payments = payments;
    }

    @PostMapping("/checkout/{order}")
    String checkout(@PathVariable String order) {
        return payments.pay(order);
    }
}

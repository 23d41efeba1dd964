"""Adds the customers that the tests count on, and as many more as are asked for."""

import sys
from datetime import timedelta

import django

django.setup()

from core.models import OTP, Customer
from django.contrib.auth.models import User
from django.utils import timezone

CUSTOMERS = [
    ("Test User", "test@example.com", "9876543210", "Household"),
    ("Ada", "Ada@Example.COM", "", "Business"),
    ("Bob", None, "+91 98765 43211", ""),
    ("Eve", "not an address", "098765 43212", "Household"),
    ("", "  eve@example.com ", None, "Household"),
    ("Nobody", "", "", "Household"),
    ("Bad", "bad", "12", "Household"),
    ("Twin", "test@example.com", "9876543219", "Household"),
]

for name, email, phone, kind in CUSTOMERS:
    Customer.objects.create(name=name, email=email, phone=phone, customer_type=kind)
Customer.objects.bulk_create(
    Customer(name=f"More {i}", email=f"more{i}@example.com") for i in range(int(sys.argv[1]))
)
OTP.objects.create(
    email="test@example.com",
    otp_code="123456",
    otp_type="email",
    expires_at=timezone.now() + timedelta(minutes=5),
)
User.objects.create(username="ada", email="ada@example.com")
